import Testing

@testable import Transfer

@Suite struct ContentRangeTests {
    @Test(arguments: [("bytes 5-9/10", 5), ("bytes 5-9/*", 5), ("bytes 0-9/10", 10)])
    func `the rest of a file is known as such`(text: String, length: Int64) throws {
        let range = try #require(ContentRange(text))
        #expect(range.isRest(after: 10 - length, length: length))
        #expect(range.isRest(after: 10 - length, length: nil))
    }

    @Test(arguments: ["bytes 4-9/10", "bytes 6-9/10", "bytes 5-8/10", "bytes 5-9/11", "bytes 5-10/11"])
    func `another part than the rest is not`(text: String) throws {
        #expect(try #require(ContentRange(text)).isRest(after: 5, length: 5) == false)
    }

    @Test(arguments: [
        "", "bytes", "bytes ", "bytes 5-", "bytes -5/10", "bytes 9-5/10", "bytes 5-9/9", "bytes 5-9", "bytes */10",
        "lines 5-9/10", "bytes 5-9/10/11", "bytes 5-99999999999999999999/*", "bytes 5-9-11/12", "bytes 5-9/x",
    ])
    func `what is no range is nothing`(text: String) { #expect(ContentRange(text) == nil) }
}
