using Microsoft.Extensions.Logging;
using StellarPipeline.Postgres.ForeignKeys.Audit;

namespace StellarPipeline.Postgres;

/// <summary>All log messages of this library. Event ids 4000 to 4999; an id never changes its meaning.</summary>
internal static partial class PostgresLog
{
    private const int FirstAuditId = 4200;
    private const int OtherAuditId = 4299;

    // The position in this list is part of the id: add events at the end.
    private static readonly string[] AuditNames =
    [
        AuditEvents.Plan, AuditEvents.Probe, AuditEvents.Strategy, AuditEvents.Cycle, AuditEvents.CycleBreak, AuditEvents.DeferredEdge,
        AuditEvents.PolymorphicWarning, AuditEvents.Warning, AuditEvents.Setting, AuditEvents.Dropped, AuditEvents.Restored,
        AuditEvents.IndexDropped, AuditEvents.IndexRestored, AuditEvents.IndexKept, AuditEvents.Proof,
    ];

    [LoggerMessage(
        4000,
        LogLevel.Information,
        "Started a private PostgreSQL {Version} as {Account} in {Seconds:F1} s: data in {DataDirectory}{Temporary}. Look at the rows "
            + "with: {Psql}")]
    public static partial void ServerStarted(
        ILogger logger, Version version, string account, double seconds, string dataDirectory, string temporary, string psql);

    [LoggerMessage(4001, LogLevel.Information, "Stopped the private PostgreSQL server on {DataDirectory}.")]
    public static partial void ServerStopped(ILogger logger, string dataDirectory);

    [LoggerMessage(
        4002,
        LogLevel.Warning,
        "The files of a failed start of a private PostgreSQL server in {Directory} could not be removed; the next start tries again.")]
    public static partial void FailedStartLeft(ILogger logger, Exception error, string directory);

    [LoggerMessage(
        4003,
        LogLevel.Information,
        "Stopping the private PostgreSQL server (process {ProcessId}) that an earlier run left on {DataDirectory} when it died.")]
    public static partial void StoppingLeftServer(ILogger logger, int processId, string dataDirectory);

    [LoggerMessage(4004, LogLevel.Information,
        "Removed {Removed} private PostgreSQL server folder(s) that earlier runs left when they died.")]
    public static partial void LeftoversRemoved(ILogger logger, int removed);

    [LoggerMessage(4005, LogLevel.Debug, "The leftover folder {Directory} could not be removed.")]
    public static partial void LeftoverStays(ILogger logger, Exception error, string directory);

    [LoggerMessage(4100, LogLevel.Information, "{Direction} {Migration} in schema {Schema} ({Milliseconds:F0} ms).")]
    public static partial void Migrated(ILogger logger, string direction, string migration, string schema, double milliseconds);

    [LoggerMessage(4101, LogLevel.Information, "Another runner is migrating schema {Schema} ({Holder}); waiting for it.")]
    public static partial void OtherRunner(ILogger logger, string schema, string holder);

    [LoggerMessage(4400, LogLevel.Information, "A statement took {Seconds:F1} s: {Statement}")]
    public static partial void SlowStatement(ILogger logger, double seconds, string statement);

    /// <summary>The id of an audit event: from 4200 by its kind, 4299 for a kind that this library does not define.</summary>
    public static EventId OfAudit(string name)
    {
        int index = Array.IndexOf(AuditNames, name);
        return new EventId(index < 0 ? OtherAuditId : FirstAuditId + index, name);
    }
}
