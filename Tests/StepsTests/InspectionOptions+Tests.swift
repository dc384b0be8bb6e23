import Platform

@testable import Steps

extension InspectionOptions {
    /// The tests' own files, whoever runs them.
    static var ofThisUser: InspectionOptions {
        var inspection = InspectionOptions()
        inspection.owner = Account.currentUser
        return inspection
    }
}
