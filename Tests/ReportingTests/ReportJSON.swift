import FoundationEssentials
@testable import Reporting

extension Report {
    /// Reads what the hub would be sent.
    init(json: [UInt8]) throws { self = try JSONDecoder().decode(Report.self, from: Data(json)) }
}
