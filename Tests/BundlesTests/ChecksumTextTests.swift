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
        "# list\n\n\(hex)\tx.tar",
    ])
    func `a lone digest and sha256sum's lines are read`(text: String) {
        #expect(ChecksumText(text).digest(of: "x.tar")?.hex == Self.hex)
    }

    @Test(arguments: [
        "\(hex)  x.tar\n\(other)  x.tar\n", "\(hex)\n\(other)\n", "<html>\(hex)</html>", "SHA512 (x.tar) = \(hex)",
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
