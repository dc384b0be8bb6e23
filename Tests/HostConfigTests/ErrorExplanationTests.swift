import HostConfig
import Platform
import Support
import Testing

extension ConfigurationError {
    static var examples: [any Explained] {
        ["", "{}", "{\"a\": 1}"].compactMap { text in
            if case .failure(let error) = HostConfiguration.load(Array(text.utf8), file: "host.json") {
                error
            } else {
                nil
            }
        }
    }
}

extension SecretError {
    static let examples: [any Explained] = [
        SecretError.unreadable(SystemCallError("open", "/x", code: 2)), SecretError.notSet(name: "TOKEN"),
        SecretError.malformed(place: "/x", .line), SecretError.malformed(place: "/x", .text),
        SecretError.atHub(name: "x"),
    ]
}

extension WebAddressError {
    static let examples: [any Explained] =
        [WebAddressError.malformed, .path] + WebAddress.Purpose.allCases.map { WebAddressError.scheme($0) }
}

@Suite struct ErrorExplanationTests {
    @Test(arguments: ConfigurationError.examples + SecretError.examples + WebAddressError.examples)
    func `each error says what is wrong and what to do`(error: any Explained) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
        #expect(error.explanation.place?.isEmpty != true)
    }

    @Test func `every case has an example, whose words are fit to be told`() throws {
        let configurations = ConfigurationError.examples.compactMap { $0 as? ConfigurationError }
        let secrets = SecretError.examples.compactMap { $0 as? SecretError } + [.noCredentials(name: "db")]
        let addresses = WebAddressError.examples.compactMap { $0 as? WebAddressError }
        #expect(
            ErrorWalk(
                ConfigurationError.self, in: "HostConfig/Diagnostics/ConfigurationError.swift", configurations
            ).faults == [])
        #expect(ErrorWalk(SecretError.self, in: "HostConfig/SecretError.swift", secrets).faults == [])
        #expect(ErrorWalk(WebAddressError.self, in: "HostConfig/WebAddressError.swift", addresses).faults == [])
    }

    @Test func `an invalid config is explained by its first mistake`() throws {
        let error = try #require(ConfigurationError.examples.last)
        #expect(error.explanation.place == "host.json:1:1")
        #expect(error.explanation.problem == "missing field \"bootstrap_root\" (and 3 more)")
    }
}
