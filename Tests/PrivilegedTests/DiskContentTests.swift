@testable import Privileged
import Testing

@Suite struct DiskContentTests {
    @Test(arguments: [
        (
            "DEVNAME=/dev/sdb\nUUID=0b5d6c2e-98a1-4c58-9c3e-3f0d5f6a7b81\nTYPE=ext4\nUSAGE=filesystem\n",
            DiskContent.fileSystem("ext4", uuid: "0b5d6c2e-98a1-4c58-9c3e-3f0d5f6a7b81")
        ),
        ("UUID=1234-ABCD\nTYPE=vfat\nUSAGE=filesystem\n", .fileSystem("vfat", uuid: nil)),
        ("UUID=../../x\nTYPE=ext4\nUSAGE=filesystem\n", .fileSystem("ext4", uuid: nil)),
        ("UUID=0b5d6c2e\nTYPE=crypto_LUKS\nUSAGE=crypto\n", .other("crypto_LUKS")),
        ("TYPE=LVM2_member\nUSAGE=raid\n", .other("LVM2_member")),
        ("PTUUID=1\nPTTYPE=gpt\n", .other("a partition table (gpt)")),
        ("TYPE=ext4\nUSAGE=filesystem\nPTTYPE=dos\n", .other("ext4")),
        ("DEVNAME=/dev/sdb\n", .other("something that blkid names without a type")),
    ])
    func `what blkid says is a file system, or something else; never nothing`(text: String, content: DiskContent) {
        #expect(DiskContent(blkid: text) == content)
    }

    @Test(arguments: [
        ("DEVNAME=/dev/sdb1\nPART_ENTRY_SCHEME=gpt\nPART_ENTRY_UUID=1\nPART_ENTRY_NUMBER=1\n", true), ("", true),
        ("DEVNAME=/dev/sdb1\nPART_ENTRY_SCHEME=gpt\nTYPE=ext4\n", false),
        ("PTTYPE=gpt\nPART_ENTRY_SCHEME=gpt\n", false),
    ])
    func `where a partition lies is nothing that it holds`(text: String, isOnlyPlace: Bool) {
        #expect(DiskContent.isOnlyPlace(text) == isOnlyPlace)
    }

    @Test(arguments: ["", "0B5D6C2E-98A1-4C58-9C3E-3F0D5F6A7B81", "0b5d6c2e-98a1-4c58-9c3e-3f0d5f6a7b8\n"])
    func `what would not be safe in a unit is no UUID`(text: String) { #expect(!DiskContent.isUUID(text)) }
}
