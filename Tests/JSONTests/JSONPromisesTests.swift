import Platform
import Testing

@Suite struct JSONPromisesTests {
    private static let corpus =
        #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/fuzzing/json-corpus"

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
