using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar;

/// <summary>All log messages of this library. Event ids 2000 to 2999; an id never changes its meaning.</summary>
internal static partial class StellarLog
{
    [LoggerMessage(2000, LogLevel.Warning, "{Remark}")]
    public static partial void Remark(ILogger logger, string remark);

    [LoggerMessage(2001, LogLevel.Warning, "{Text}")]
    public static partial void CommitWaits(ILogger logger, string text);

    [LoggerMessage(2003, LogLevel.Warning, "{Text}")]
    public static partial void LockWaits(ILogger logger, string text);

    [LoggerMessage(2010, LogLevel.Information, "Phase {Phase} took {Seconds:F2} s.")]
    public static partial void PhaseEnded(ILogger logger, string phase, double seconds);

    [LoggerMessage(2002, LogLevel.Warning, "{Pages} pages of rows were not given back to their pool. This concerns memory and no rows.")]
    public static partial void PagesLost(ILogger logger, long pages);

    [LoggerMessage(2003, LogLevel.Warning, "The query {Query} on {Table} took {Seconds:F3} s; types of its parameters: {Types}. {Text}")]
    public static partial void SlowQuery(ILogger logger, string query, double seconds, string table, string types, string text);
}
