import HostConfig
import Platform
import Privileged
import Testing

@testable import Steps

@Suite struct DiskSearchTests {
    @Test func `of a disk that is not taken the same is said before root is asked, and by root`() throws {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h",
             "disks": [{"name": "data", "candidates": ["/dev/sdb"], "mount_point": "/mnt/data"}]}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let search = DiskSearch(
            settings: try #require(configuration.disks.first), mountPoint: "/mnt/data", uuid: nil)
        let found = ["/dev/sdb is not there"]
        #expect(search.none(found) == DiskRefusal.none(found, at: "data"))
        #expect(search.missing("u-1", found) == DiskRefusal.missing("u-1", found, at: "data"))
    }
}
