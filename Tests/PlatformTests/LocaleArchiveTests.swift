@testable import Platform
import Testing

@Suite struct LocaleArchiveTests {
    @Test(arguments: [
        ("en_GB.UTF-8", "en_GB.utf8"), ("de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro"), ("en_GB", "en_GB"),
        ("ja_JP.eucJP", "ja_JP.eucjp"), ("x.8859-1", "x.iso88591"), ("ca_ES.UTF-8@valencia", "ca_ES.utf8@valencia"),
    ])
    func `a coded character set is written as glibc compares it`(name: String, normalized: String) {
        #expect(LocaleArchive.normalized(name) == normalized)
    }

    @Test func `what every host has is there, and what none has is not`() throws {
        #expect(try LocaleArchive.isThere("C"))
        #expect(try LocaleArchive.isThere("C.UTF-8"))
        #expect(try !LocaleArchive.isThere("xx_XX.UTF-8"))
    }

    @Test func `an archive's names are those of its table, and another file has none`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/locale-archive-")
        defer { try? Folders.removeTree(folder) }
        let strings = Array("en_GB.utf8\0de_DE.utf8\0".utf8)
        let words: [UInt32] = [0xde02_0109, 1, 0, 0, 0, 40, UInt32(strings.count), UInt32(strings.count), 0, 0]
        let head = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        try Files.replace("\(folder)/a", with: head + strings + [UInt8](repeating: 0, count: 100), mode: 0o600)
        #expect(try LocaleArchive.names(in: "\(folder)/a") == ["en_GB.utf8", "de_DE.utf8"])
        for (name, content) in [("short", Array(head.prefix(20))), ("other", head.map { ~$0 }), ("empty", [])] {
            try Files.replace("\(folder)/\(name)", with: content, mode: 0o600)
            #expect(try LocaleArchive.names(in: "\(folder)/\(name)") == [])
        }
        #expect(try LocaleArchive.names(in: "\(folder)/none") == [])
    }
}
