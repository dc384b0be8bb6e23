import Platform
import Support
import Testing

@Suite struct JSONPromisesTests {
    private static let corpus =
        "\(Checkout.folder)/fuzzing/json-corpus"

    @Test(arguments: JSONCase.all)
    func `each case keeps what reading promises`(text: JSONCase) throws {
        try withFile([]) { path in
            let broken = try JSONPromises.broken(by: text.bytes, file: path)
            #expect(broken == nil)
        }
    }

    @Test func `whatever was found in fuzzing keeps it, too`() throws {
        let names = try Folders.names(in: Self.corpus)
        try #require(names.count > 50)
        try withFile([]) { path in
            for name in names {
                let bytes = try Files.read("\(Self.corpus)/\(name)")
                let broken = try JSONPromises.broken(by: bytes, file: path)
                #expect(broken == nil, "\(name)")
            }
        }
    }
}
