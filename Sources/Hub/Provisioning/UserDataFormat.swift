/// What a host's user-data is written as; cloud-init takes each of them, and knows it by its first line.
public enum UserDataFormat: String, CaseIterable, Sendable {
    /// One script, which needs nothing of cloud-init but to be run.
    case shell
    /// `#cloud-config`, to be put beside other settings of one's own.
    case cloudConfig = "cloud-config"
    /// A MIME message, to which parts of one's own can be added.
    case multipart

    /// Reads a format's name.
    public init(_ name: String) throws(HubError) {
        guard let format = UserDataFormat(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badSetting(name: "--format", value: name, expected: "one of \(names)")
        }
        self = format
    }
}
