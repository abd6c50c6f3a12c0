//! A full index disk: the node ends, loses nothing, and continues once there is space.

use crate::harness::{Roost, SmallDisk, TestDatabase, assert_equal, rooms};

#[tokio::test]
async fn a_full_index_disk_ends_the_node_which_continues_from_its_last_commit() {
    let Some(disk) = SmallDisk::mount(64) else {
        return;
    };
    let database = TestDatabase::create().await;
    database.execute(&rooms(500)).await;
    let mut node = Roost::start_on(&disk, &database).await;
    node.wait_until_ready().await;
    disk.fill();
    database
        .execute("UPDATE rooms SET description = repeat(title, 200)")
        .await;
    let status = node.wait_until_ended().await;
    assert_eq!(status.code(), Some(1));
    let log = node.log();
    assert!(log.contains("the index cannot be written"), "{log}");
    assert!(log.contains("No space left on device"), "{log}");

    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    disk.free();
    node.restart().await;
    assert!(!node.log().contains("copied a table"), "{}", node.log());
    assert_equal(&database, &node.data_dir, 499).await;
    node.stop().await;
}
