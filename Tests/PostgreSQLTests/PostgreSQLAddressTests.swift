import Testing

@testable import PostgreSQL

@Suite struct PostgreSQLAddressTests {
    @Test(arguments: [
        ("postgresql://hub@db.example.org:5433/fleet", "postgresql://hub@db.example.org:5433/fleet", false),
        ("postgres://hub:s3cret@db.example.org/fleet?sslmode=require", "postgresql://hub@db.example.org/fleet", true),
        ("postgresql:///fleet?host=/run/postgresql&password=s3cret", "postgresql:///run/postgresql/fleet", true),
        ("postgresql://a,b:6000/fleet?sslpassword=s3cret", "postgresql://a,b:,6000/fleet", true),
    ])
    func `an address is shown without what is secret in it`(text: String, shown: String, hasPassword: Bool) throws {
        let address = try #require(PostgreSQLAddress(text))
        #expect(address.text == text)
        #expect(address.shown == shown)
        #expect(address.hasPassword == hasPassword)
    }

    @Test(arguments: [
        "", "host=db user=hub", "mysql://db/fleet", "postgresql",
        "postgresql://db/fleet?nosuch=1", "postgresql://[::1/fleet", "postgresql://db/%00", "postgresql://db/\0",
    ])
    func `what libpq cannot read is no address`(text: String) {
        #expect(PostgreSQLAddress(text) == nil)
    }
}
