import Bundles
import Digests
import Testing

@Suite struct ChecksumTextTests {
    static let other = String(repeating: "0", count: 64)
    static let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test(arguments: [
        hex, "\(hex)\n", "\(hex)  x.tar\n", "\(hex) *x.tar\r\n", "\u{feff}\(hex.uppercased())  ./x.tar",
        "\(hex)  other\n\(hex)  x.tar\n", "SHA256 (x.tar) = \(hex)\n", "sha-256 (./x.tar) = \(hex.uppercased())\r\n",
        "SHA256 (a (b) = c) = \(other)\nSHA256 (x.tar) = \(hex)", "\(hex)  x.tar\n\(hex) *x.tar\n",
        "# list\n\n\(hex)\tx.tar", "sha256:\(hex)", "sha256:\(hex)  x.tar\n", "SHA256:\(hex.uppercased())",
        // PowerShell's Get-FileHash, as a table and as a list.
        "\r\nAlgorithm       Hash       Path\r\n---------       ----       ----\r\nSHA256          \(hex.uppercased())       C:\\a b\\x.tar  \r\n\r\n",
        "Algorithm : SHA256\r\nHash      : \(hex.uppercased())\r\nPath      : C:\\x.tar\r\n",
    ])
    func `a lone digest and sha256sum's lines are read`(text: String) {
        #expect(ChecksumText(text).digest(of: "x.tar")?.hex == Self.hex)
    }

    @Test(arguments: ["\(hex)\r\n", "\(hex) *x.tar\r\n", "\(other)  Größe\r\n\(hex)  x.tar\r\n"], [true, false])
    func `a file in UTF-16 is read, with a byte order mark and without`(text: String, isMarked: Bool) {
        for order in [1, 0] {
            let units = (isMarked ? [0xfeff] : []) + Array(text.utf16)
            let bytes = units.flatMap { unit in
                let pair = [UInt8(unit >> 8), UInt8(unit & 0xff)]
                return order == 1 ? Array(pair.reversed()) : pair
            }
            #expect(ChecksumText(bytes: bytes).digest(of: "x.tar")?.hex == Self.hex)
        }
    }

    @Test func `names that look alike have digests of their own`() {
        let text = "\(Self.hex)  e\u{301}\n\(Self.other)  é\n"
        #expect(ChecksumText(text).listed("e\u{301}")?.hex == Self.hex)
        #expect(ChecksumText(text).listed("é")?.hex == Self.other)
        #expect(ChecksumText("\(Self.hex)  \u{301}x").listed("\u{301}x")?.hex == Self.hex)
    }

    @Test(arguments: [
        "\(hex)  x.tar\n\(other)  x.tar\n", "sha512:\(hex)  x.tar", "SHA512  \(hex)  C:\\x.tar",
        "SHA256  \(hex.prefix(40))...  C:\\x.tar", "Hash : \(hex.prefix(40))", "\(hex)\n\(other)\n",
        "<html>\(hex)</html>", "SHA512 (x.tar) = \(hex)",
        "SHA256 (x.tar) = ", "MD5 (x.tar) = \(hex)", "", "x.tar", String(hex.dropLast()) + "  x.tar",
        "zz" + hex.dropFirst(2), "\(hex)  a\n\(hex)  b\n",
    ])
    func `what holds no digest for the file gives none`(text: String) {
        #expect(ChecksumText(text).digest(of: "x.tar") == nil)
    }

    @Test func `in a list only the file's own line counts`() {
        #expect(ChecksumText("\(Self.hex)  other\n").listed("x.tar") == nil)
    }

    @Test func `of a file's several digests the stronger one counts`() {
        let strong = String(repeating: "ab", count: 64)
        let text = "SHA256 (x.tar) = \(Self.hex)\nSHA512 (x.tar) = \(strong)\n"
        #expect(ChecksumText(text).digest(of: "x.tar")?.hex == strong)
    }

    @Test func `an escaped name is read as coreutils write it`() {
        let text = "\\\(Self.hex)  a\\\\b\\nc\n"
        #expect(ChecksumText(text).listed("a\\b\nc")?.hex == Self.hex)
    }
}
