internal import CPostgreSQL

/// Where a PostgreSQL server is and what it is asked for, as libpq reads it (`postgresql://…`).
public struct PostgreSQLAddress: Sendable, Equatable {
    /// The whole of it, perhaps with a password.
    public let text: String
    /// The same without anything secret, for people.
    public let shown: String
    /// A password stands in it.
    public let hasPassword: Bool

    /// Takes a URI as of libpq 34.1.1.2; nil for what libpq cannot read.
    ///
    /// libpq's own words are not passed on, since they quote what may be a password.
    public init?(_ text: String) {
        guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://"), !text.utf8.contains(0),
            let options = PQconninfoParse(text, nil)
        else { return nil }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.text = text
        hasPassword = values["password"] != nil || values["sslpassword"] != nil
        let host = values["host"] ?? values["hostaddr"] ?? ""
        shown =
            "postgresql://" + (values["user"].map { "\($0)@" } ?? "") + host + (values["port"].map { ":\($0)" } ?? "")
            + "/" + (values["dbname"] ?? "")
    }
}
