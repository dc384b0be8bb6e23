import HostConfig
import Platform
import Support

/// Config files for tests.
enum ConfigFile {
    /// The required fields, as members of an object.
    static let required = #""bootstrap_user": "ada", "bootstrap_root": "/home/ada/cocalc-host", "host_id": "h-1""#

    /// The required fields on line 1, and more members on line 2.
    static func text(_ members: String = "") -> String { "{\(required)\(members.isEmpty ? "" : ",\n\(members)")}" }

    /// What is wrong with a whole file, in the compilers' form.
    static func complaints(_ text: String) -> [String] {
        diagnostics(Array(text.utf8)).map(\.description)
    }

    static func diagnostics(_ bytes: [UInt8]) -> [Diagnostic] {
        switch HostConfiguration.load(bytes, file: "host.json") {
        case .success: []
        case .failure(let error): error.diagnostics
        }
    }

    /// The config that the required fields and these make.
    static func load(_ members: String) throws -> HostConfiguration {
        try HostConfiguration.load(Array(text(members).utf8), file: "host.json").get()
    }

    static func example(_ name: String) throws -> [UInt8] {
        try Files.read("\(Checkout.folder)/config-schema/examples/\(name).json")
    }
}
