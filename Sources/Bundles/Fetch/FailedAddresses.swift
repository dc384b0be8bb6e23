/// What went wrong at one address after the other, and which of it to tell in the end.
struct FailedAddresses {
    private var told: BundleError?

    /// Wrong bytes, at which somebody must look, before a server in trouble; among equals the first.
    var worst: BundleError { told ?? .badChecksum(url: "", reason: "no address is given") }

    mutating func add(_ error: BundleError) {
        if told.map({ error.isIntegrity && !$0.isIntegrity }) ?? true { told = error }
    }
}
