import Bundles
import Digests
import Testing

@Suite struct ChecksumTextTests {
    static let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test(arguments: [
        hex, "\(hex)\n", "\(hex)  x.tar\n", "\(hex) *x.tar\r\n", "\u{feff}\(hex.uppercased())  ./x.tar",
        "\(hex)  other\n\(hex)  x.tar\n",
    ])
    func `a lone digest and sha256sum's lines are read`(text: String) {
        #expect(ChecksumText(text).digest(of: "x.tar")?.hex == Self.hex)
    }

    @Test(arguments: [
        "", "x.tar", String(hex.dropLast()) + "  x.tar", "zz" + hex.dropFirst(2), "\(hex)  a\n\(hex)  b\n",
    ])
    func `what holds no digest for the file gives none`(text: String) {
        #expect(ChecksumText(text).digest(of: "x.tar") == nil)
    }

    @Test func `in a list only the file's own line counts`() {
        #expect(ChecksumText("\(Self.hex)  other\n").listed("x.tar") == nil)
    }
}
