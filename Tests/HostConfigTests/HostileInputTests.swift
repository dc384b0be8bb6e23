import HostConfig
import Testing

@Suite struct HostileInputTests {
    @Test func `a file of 50 MB is refused unread`() {
        #expect(ConfigFile.diagnostics([UInt8](repeating: 0x5b, count: 50 << 20)).map(\.code) == [.tooLarge])
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
    func `a hundred thousand brackets are refused without a crash`(bracket: String) {
        let text = String(repeating: bracket, count: 100_000)
        #expect(ConfigFile.diagnostics(Array(text.utf8)).contains { $0.code == .tooDeep })
    }

    @Test(arguments: [
        "\"aa\",", "\u{0}", "[],", ",", "\"", "\\", "/*", "#\n", "'", "{}", "\"a\":1,", "1 ", "-", "\u{1b}", "tru",
        "\\ud800", "\"\\u",
    ])
    func `however long something is repeated, it is answered`(piece: String) {
        let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
        for frame in ["\(text)", "{\(ConfigFile.required), \"apt_packages\": [\(text)", "{\(text)"] {
            let diagnostics = ConfigFile.diagnostics(Array(frame.utf8))
            #expect((1...101).contains(diagnostics.count))
        }
    }

    @Test func `many different packages are read in time that grows with their number`() throws {
        let names = (0..<100_000).map { "\"p\($0)\"" }.joined(separator: ",")
        let text = "{\(ConfigFile.required), \"apt_packages\": [\(names)]}"
        #expect(try HostConfiguration.load(Array(text.utf8), file: "f").get().aptPackages.count == 100_000)
    }

    @Test func `a file cut short anywhere is refused`() throws {
        let bytes = try ConfigFile.example("full")
        let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
        for index in stride(from: 0, through: end, by: 11) {
            #expect(!ConfigFile.diagnostics(Array(bytes[..<index])).isEmpty)
        }
    }

    @Test(arguments: [0x00, 0x22, 0x2c, 0x5c, 0x7d, 0xc3, 0xff] as [UInt8])
    func `whatever byte is written over another, the answer is a config or diagnostics in order`(byte: UInt8) throws {
        let bytes = try ConfigFile.example("full")
        for index in stride(from: Int(byte) % 17, to: bytes.count, by: 17) {
            var changed = bytes
            changed[index] = byte
            let offsets = ConfigFile.diagnostics(changed).map(\.offset)
            #expect(offsets == offsets.sorted())
        }
    }
}
