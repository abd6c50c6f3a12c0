//! A well-behaved client, which keeps its connection and opens another when it was closed.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use super::http::{Connection, Response};

pub(crate) struct KeepAlive {
    address: SocketAddr,
    patience: Duration,
    connection: Option<Connection>,
}

impl KeepAlive {
    /// A client that waits for each response for at most this time.
    pub(crate) fn new(address: SocketAddr, patience: Duration) -> Self {
        Self {
            address,
            patience,
            connection: None,
        }
    }

    /// Sends a request. On a connection that was closed in the meantime it tries once more.
    pub(crate) async fn request(&mut self, request: &[u8]) -> io::Result<Response> {
        match timeout(self.patience, self.try_twice(request)).await {
            Ok(result) => result,
            Err(_) => {
                self.connection = None;
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    async fn try_twice(&mut self, request: &[u8]) -> io::Result<Response> {
        if let Some(mut connection) = self.connection.take()
            && let Ok(response) = connection.request(request).await
        {
            return Ok(self.keep(connection, response));
        }
        let mut connection = Connection::open(self.address).await?;
        let response = connection.request(request).await?;
        Ok(self.keep(connection, response))
    }

    fn keep(&mut self, connection: Connection, response: Response) -> Response {
        if !response.is_last {
            self.connection = Some(connection);
        }
        response
    }
}
