import Digests
import Testing

@Suite struct SealTests {
    private static let text = #"{"a": "b\"file_checksum\"c", "file_checksum" : "\#(Seal.blank)", "z": 1}"#

    @Test func `a text is whole as it was sealed, and broken by any bit that turns over in it`() {
        let sealed = Seal.filled(Array(Self.text.utf8))
        #expect(Seal.state(of: sealed) == .whole)
        #expect(Seal.state(of: Array("{}".utf8)) == .none)
        var whole: [Int] = []
        for bit in 0..<sealed.count * 8 {
            var damaged = sealed
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if Seal.state(of: damaged) == .whole { whole.append(bit) }
        }
        #expect(whole == [])
    }
}
