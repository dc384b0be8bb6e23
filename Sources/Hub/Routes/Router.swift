internal import Database
internal import Platform

/// Which route answers which path.
struct Router: Sendable {
    let access: Access
    let hosts: HostsRoute
    let reports: ReportRoute
    let checkIns: CheckInRoute
    let bootstrap: BootstrapRoute
    let artifacts: ArtifactRoute
    let health: HealthRoute
    let page: PageRoute
    let deltas: DeltaRoute
    let metrics: MetricsRoute
    let audit: AuditRoute
    let rollouts: RolloutsRoute
    let secrets: SecretRoute
    let session: SessionRoute
    /// Told of every failure that is the hub's own.
    let onFailure: @Sendable (Explanation) -> Void

    /// Why a request is not taken, told before its body is read; nil when it is, or when only the body can tell.
    func refusal(_ head: HTTPRequest) -> HTTPResponse? {
        guard let path = head.path else { return nil }
        do throws(DatabaseError) {
            guard let refusal = try refusal(head, path) else { return nil }
            metrics.metrics.answered(refusal.status)
            return refusal
        } catch {
            return .unavailable(error, onFailure)
        }
    }

    private func refusal(_ head: HTTPRequest, _ path: [String]) throws(DatabaseError) -> HTTPResponse? {
        if let refusal = access.forgery(head) { return refusal }
        switch (path.first, path.count) {
        case ("api", 3) where path[1...] == ["v1", "session"]: return session.refusal(head)
        case ("api", 5) where path[1...2] == ["v1", "hosts"] && HostProof.posted.contains(path[4]):
            return try reports.refusal(head, host: path[3])
        case ("api", 4) where path[1...] == ["v1", "delta", "upload"]: return try deltas.stranger(head)
        default: return nil
        }
    }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        var response = path(request)
        let metrics = metrics.metrics
        guard case .deferred(let work) = response.body else {
            metrics.answered(response.status)
            return response
        }
        response.body = .deferred { answer in
            work { response in
                metrics.answered(response.status)
                answer(response)
            }
        }
        return response
    }

    private func path(_ request: HTTPRequest) -> HTTPResponse {
        guard let path = request.path else { return .notFound }
        do throws(DatabaseError) { return try route(request, path) } catch {
            return .unavailable(error, onFailure)
        }
    }

    private func route(_ request: HTTPRequest, _ path: [String]) throws(DatabaseError) -> HTTPResponse {
        if let refusal = try access.refusal(request, path) {
            return path.isEmpty ? page.answer(request, instead: refusal) : refusal
        }
        switch (path.first, path.count) {
        case (nil, _), ("page.js", 1), ("page.css", 1): return page.answer(request, file: path.first)
        case ("api", 3) where path[1...] == ["v1", "session"]: return try session.answer(request)
        case ("api", 3) where path[1...] == ["v1", "audit"]: return try audit.answer(request)
        case ("api", 3) where path[1...] == ["v1", "rollouts"]: return try rollouts.all(request)
        case ("api", 4) where path[1...2] == ["v1", "rollouts"]: return try rollouts.one(request, path[3])
        case ("api", 4) where path[1...] == ["v1", "delta", "status"]: return try deltas.status(request)
        case ("api", 4) where path[1...] == ["v1", "delta", "upload"]: return try deltas.upload(request)
        case ("metrics", 1): return try metrics.answer(request)
        case ("api", 3) where path[1...] == ["v1", "events"]: return try hosts.fleetEvents(request)
        case ("api", 5) where path[1...2] == ["v1", "hosts"] && path[4] == "events":
            return try hosts.events(request, path[3])
        case ("health", 1): return try health.answer(request)
        case ("api", 3) where path[1...] == ["v1", "hosts"]: return try hosts.all(request)
        case ("api", 4) where path[1...2] == ["v1", "hosts"]: return try hosts.one(request, path[3])
        case ("api", 5) where path[1...2] == ["v1", "hosts"] && path[4] == "status":
            return reports.answer(request, host: path[3])
        case ("api", 5) where path[1...2] == ["v1", "hosts"] && path[4] == "check-in":
            return checkIns.answer(request, host: path[3])
        case ("api", 6) where path[1...2] == ["v1", "hosts"] && path[4] == "secrets":
            return try secrets.answer(request, host: path[3], secret: path[5])
        case ("bootstrap", 3): return try bootstrap.answer(request, host: path[1], file: path[2])
        case ("artifacts", 2...): return artifacts.answer(request, path: Array(path.dropFirst()))
        default: return .notFound
        }
    }
}

extension HTTPResponse {
    /// A full disk or a busy database passes; the agent keeps its report and comes again.
    static func unavailable(_ error: DatabaseError, _ onFailure: (Explanation) -> Void) -> HTTPResponse {
        onFailure(error.explanation)
        return refusal(503, "unavailable", "the hub cannot read or write its data now").adding("Retry-After", "5")
    }
}
