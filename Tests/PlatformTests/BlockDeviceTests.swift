@testable import Platform
import Testing

@Suite struct BlockDeviceTests {
    @Test(arguments: ["/dev/null", "/etc", "/dev/nowhere/at/all", "/etc/hostname"])
    func `what is no block device is none`(path: String) throws {
        #expect(try BlockDevice.at(path) == nil)
    }

    @Test func `what this machine's root lies on is never a disk for data`() throws {
        let number = try #require(try Mount.at("/")?.blockDevice())
        let device = try #require(try BlockDevice.numbered(number))
        #expect(device.bytes > 0 && device.number == number)
        #expect(try device.obstacle() != nil)
        #expect(try device.obstacle(mountPoint: "/") != nil)
    }

    @Test func `a device without anything in it is told`() throws {
        let empty = BlockDevice(name: "sr0", number: "0:0", bytes: 0, wholeDisk: nil)
        #expect(try empty.obstacle() == "holds nothing (0 bytes)")
    }

    @Test func `udev's record tells what it heard of the content`() {
        let record = UdevRecord(
            "S:disk/by-id/x\nE:ID_FS_TYPE=ext4\nE:ID_FS_UUID=1-2\nE:ID_FS_UUID_ENC=1-2\nG:systemd\n")
        #expect(record.kind == "ext4" && record.uuid == "1-2" && record.table == nil)
        #expect(UdevRecord("E:ID_PART_TABLE_TYPE=gpt\n").table == "gpt")
        #expect(UdevRecord("I:1\n").kind == nil)
    }
}
