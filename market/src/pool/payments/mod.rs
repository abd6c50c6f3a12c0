//! Payments of contracts, refunds, and balances.

mod balance;
pub mod fields;
mod lists;
mod overdue;
mod partitions;
mod payment;
mod provider;
mod record;
mod refund;

pub use balance::{Balance, own_balances};
pub use lists::payments;
pub use overdue::mark_overdue;
pub use partitions::create_ledger_partitions;
pub use payment::{Kind, Method, Payment};
pub use provider::{Charge, PaymentProvider, ProviderError, Refunding, Sandbox, Settling};
pub use record::{NewPayment, record_payment};
pub use refund::{NewRefund, refund_payment};
