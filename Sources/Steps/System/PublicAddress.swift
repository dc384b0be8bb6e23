import HostConfig
import Platform
import Transfer

/// The address by which others reach this machine.
///
/// A cloud is asked only when somebody may want to know, once in a process, so that all of a run means the same.
struct PublicAddress: Sendable {
    var value: InternetAddress?
    /// Why the cloud did not say.
    var trouble: Explanation?

    private static let asked = AskedOnce<Cloud, PublicAddress>()

    static func of(_ facts: HostFacts, for configuration: HostConfiguration) async -> PublicAddress {
        let isNamed = String(decoding: configuration.source, as: UTF8.self).contains(Placeholder.publicAddress.rawValue)
        let mayBeNamed = configuration.services.contains { if case .bundle = $0.definition { true } else { false } }
        if isNamed || mayBeNamed, let cloud = await onOwnThread({ () throws(Never) in Cloud.current() }) {
            return await asked.answer(cloud) { await answer(of: cloud) }
        }
        return PublicAddress(value: facts.address.flatMap { $0.isPublic ? $0 : nil })
    }

    private static func answer(of cloud: Cloud) async -> PublicAddress {
        do throws(TransferError) {
            if let address = try await InstanceMetadata(cloud).publicAddress() { return PublicAddress(value: address) }
        } catch {
            return PublicAddress(trouble: error.explanation)
        }
        return PublicAddress(
            trouble: Explanation(
                "the cloud says that this machine has none",
                hint: "give it one, or write in the config what leads to it"))
    }
}

/// What is asked of somebody else once in a process, whoever asks first, also when there is no good answer.
actor AskedOnce<Question: Hashable & Sendable, Answer: Sendable> {
    private var answers: [Question: Task<Answer, Never>] = [:]

    /// The answer, which `ask` gets when nobody has asked yet; cancelling a task that waits cancels that.
    func answer(_ question: Question, _ ask: @escaping @Sendable () async -> Answer) async -> Answer {
        let task = answers[question] ?? Task { await ask() }
        answers[question] = task
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
