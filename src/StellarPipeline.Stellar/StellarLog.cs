using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar;

/// <summary>All log messages of this library. Event ids 2000 to 2999; an id never changes its meaning.</summary>
internal static partial class StellarLog
{
    [LoggerMessage(2000, LogLevel.Warning, "{Remark}")]
    public static partial void Remark(ILogger logger, string remark);

    [LoggerMessage(2001, LogLevel.Warning, "{Text}")]
    public static partial void CommitWaits(ILogger logger, string text);

    [LoggerMessage(2050, LogLevel.Warning, "{Text}")]
    public static partial void LockWaits(ILogger logger, string text);

    [LoggerMessage(2051, LogLevel.Information, "Phase {Phase} took {Seconds:F2} s.")]
    public static partial void PhaseEnded(ILogger logger, string phase, double seconds);

    [LoggerMessage(2002, LogLevel.Warning, "{Pages} pages of rows were not returned to their pool. This affects memory, but no rows.")]
    public static partial void PagesLost(ILogger logger, long pages);

    [LoggerMessage(2003, LogLevel.Warning, "The query {Query} on {Table} took {Seconds:F3} s; types of its parameters: {Types}. {Text}")]
    public static partial void SlowQuery(ILogger logger, string query, double seconds, string table, string types, string text);

    [LoggerMessage(2010, LogLevel.Information,
        "Live ingestion starts with ledger {Ledger} from {Source}. Hash of the ledger before it: {Hash}.")]
    public static partial void LiveBegins(ILogger logger, uint ledger, string source, string hash);

    [LoggerMessage(2011, LogLevel.Information,
        "Ledgers {First} to {Last} are stored: {Transactions} transactions, {Operations} operations; {Steps}.")]
    public static partial void LiveStored(ILogger logger, uint first, uint last, long transactions, long operations, string steps);

    [LoggerMessage(2012, LogLevel.Warning, "Ledgers {First} to {Last} were stored by an earlier attempt whose COMMIT got no answer.")]
    public static partial void LiveFoundOut(ILogger logger, uint first, uint last);

    [LoggerMessage(2013, LogLevel.Information, "Live ingestion ended after ledger {Ledger} (0: none): {Reason}")]
    public static partial void LiveEnds(ILogger logger, uint ledger, string reason);

    [LoggerMessage(2014, LogLevel.Information, "Standing by: {Holder} follows the network.")]
    public static partial void LiveStandsBy(ILogger logger, string holder);

    [LoggerMessage(2016, LogLevel.Information, "Token contract {Contract} is stored without name, symbol and decimals: {Why}")]
    public static partial void TokenPending(ILogger logger, string contract, string why);

    [LoggerMessage(2017, LogLevel.Warning, "Pending token contracts could not be completed: {Why} They will be tried again.")]
    public static partial void TokensNotCompleted(ILogger logger, string why);

    [LoggerMessage(2015, LogLevel.Warning, "The lock of ingestion was lost: {How} It will be taken again.")]
    public static partial void LiveLockLost(ILogger logger, string how);

    [LoggerMessage(2018, LogLevel.Information,
        "Ledger {Ledger} could not be begun on a second connection while the one before it was stored. It is stored after it: {Why}")]
    public static partial void LiveNextFailed(ILogger logger, uint ledger, string why);
}
