import Glibc
import Platform
import Testing

@Suite struct PathBytesTests {
    static let composed = PathBytes("é"), decomposed = PathBytes("e\u{301}"), latin = PathBytes([0x63, 0xe9])

    @Test func `names that look alike are two, and one that is no UTF-8 keeps its bytes`() {
        #expect("é" == "e\u{301}")
        #expect(Self.composed != Self.decomposed)
        #expect(Set([Self.composed, Self.decomposed, Self.latin, Self.latin]).count == 3)
        #expect(Self.latin.bytes == [0x63, 0xe9] && Self.latin.string == nil)
        #expect(Self.decomposed.string?.utf8.count == 3)
    }

    @Test(arguments: [
        (Array("a/b".utf8), "a/b"), ([0x63, 0xe9], "c\\xE9"), ([0xe9, 0x61], "\\xE9a"), (Array("日é".utf8), "日é"),
        ([0x61, 0x0a, 0x1b, 0x7f], "a\\x0A\\x1B\\x7F"), ([0xe6, 0x97], "\\xE6\\x97"), ([], ""),
    ])
    func `what a terminal could not show is escaped`(bytes: [UInt8], text: String) {
        #expect(PathBytes(bytes).shown == text)
    }

    @Test(arguments: [[], [0x61], [0x61, 0, 0x62], [0, 0x61], [0xe9, 0x61]] as [[UInt8]])
    func `bytes end at the first NUL, however they come`(bytes: [UInt8]) {
        let wanted = Array(bytes.prefix { $0 != 0 })
        #expect(PathBytes(bytes).bytes == wanted && PathBytes(([0x2f] + bytes)[1...]).bytes == wanted)
        #expect(PathBytes(AnySequence(bytes)).bytes == wanted)
        #expect(bytes.withUnsafeBytes { PathBytes($0) }.bytes == wanted)
        #expect(PathBytes(UnsafeRawBufferPointer(start: nil, count: 0)).bytes == [])
    }

    @Test func `a slash divides whatever follows it, and nothing else does`() {
        let path = PathBytes("/a/\u{338}b//..\u{301}/c")
        #expect(path.isAbsolute && path.parts == ["a", "\u{338}b", "..\u{301}", "c"])
        #expect(PathBytes("a/\u{338}b").name == "\u{338}b")
        #expect(PathBytes("/\u{338}b").isAbsolute)
        #expect(PathBytes.joined(["a", "b"]) == "a/b" && PathBytes("").appending("b") == "b")
        #expect(Files.folder(of: "/a/\u{338}b") == "/a" && Files.name(of: "/a/\u{338}b").utf8.count == 3)
        #expect(Files.absolute("/\u{338}b").utf8.count == 4)
    }

    @Test func `a folder's names are told byte by byte, and a tree with any of them can be removed`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/path-bytes-tests-")
        let names = [Self.composed, Self.decomposed, Self.latin]
        for name in names {
            let path = PathBytes(top).appending(name)
            #expect(path.call { mkdir($0, 0o755) } == 0)
            #expect(path.appending("l").call { symlink("x", $0) } == 0)
        }
        #expect(try Folders.entries(in: PathBytes(top)) == names.sorted())
        #expect(try Folders.names(in: top).count == 2)
        #expect(try Files.linkTarget(PathBytes(top).appending(Self.latin).appending("l")) == "x")
        try Folders.removeTree(top)
        #expect(try FileStatus.of(top) == nil)
    }

    @Test func `a call that fails tells why`() {
        #expect(PathBytes("/nothing/here").call { rmdir($0) } == -ENOENT)
    }
}
