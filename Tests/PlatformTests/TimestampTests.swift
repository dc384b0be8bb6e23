import Platform
import Testing

@Suite struct TimestampTests {
    @Test(arguments: ["1970-01-01T00:00:00Z", "2027-03-01T12:00:59Z", "2028-02-29T23:59:00Z", "9999-12-31T23:59:59Z"])
    func `what is read is what is written`(text: String) throws {
        #expect(try #require(Timestamp(rfc3339: text)).rfc3339 == "\(text.dropLast()).000Z")
    }

    @Test(arguments: [
        "", "2027-03-01", "2027-03-01T12:00:00", "2027-03-01 12:00:00Z", "2027-03-01T12:00:00+00:00",
        "2027-02-29T00:00:00Z",
        "2027-13-01T00:00:00Z", "2027-00-10T00:00:00Z", "2027-03-01T24:00:00Z", "2027-03-01T12:00:00.5Z",
        "٢٠٢٧-03-01T12:00:00Z",
    ])
    func `what is no moment in UTC is not read`(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
            (951_782_400_999, "2000-02-29T00:00:00.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `milliseconds are written exactly`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }
}
