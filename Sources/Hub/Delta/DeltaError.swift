internal import Platform

/// Why an upload was not applied; nothing of it was, then, unless it says that it could not be taken back.
enum DeltaError: Error {  // not told: the delta service answers with codes of its own.
    /// The form lacks a field, or has one that cannot be read.
    case form(field: String, problem: String, input: String?)
    /// The file is larger than the service takes.
    case tooLarge(limit: Int)
    /// Another number was due.
    case sequence(expected: Int64, received: Int64)
    /// The bundle, a path in it, or an operation is not as it must be.
    case refused(String)
    /// The disk or the database.
    case failed(Explanation)

    /// The disk's error, at this place.
    init(_ error: SystemCallError) { self = .failed(error.explanation) }

    /// Something of an upload is still there that has to be taken back or finished first.
    static func unsettled(_ upload: String, _ reason: Explanation) -> DeltaError {
        .failed(
            Explanation(
                "\(upload) could not be taken back or finished yet: \(reason.problem)", at: reason.place,
                hint: reason.hint)
        )
    }
}

/// Calls the disk, and makes its error a delta's.
func onDisk<Value: ~Copyable>(_ body: () throws(SystemCallError) -> Value) throws(DeltaError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw DeltaError(error) }
}
