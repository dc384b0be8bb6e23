/// What went wrong at one address after the other, and which of it to tell in the end.
struct FailedAddresses {
    private var first: BundleError?

    /// Wrong bytes, at which somebody must look, before a server in trouble; among equals the first.
    var worst: BundleError { first ?? .badChecksum(url: "", reason: "no address is given") }

    mutating func add(_ error: BundleError) {
        if first.map({ error.isIntegrity && !$0.isIntegrity }) ?? true { first = error }
    }
}
