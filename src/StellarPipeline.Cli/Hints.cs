using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Postgres;

namespace StellarPipeline.Cli;

/// <summary>Adds to an error message of a library the option of this program that helps.</summary>
internal static partial class Hints
{
    /// <summary>The message of an error with its hint.</summary>
    public static string Message(Exception error) => error switch
    {
        DatabaseException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            $"{OptionNames.In(error.Message)} --lock-timeout sets how many seconds a statement may wait; 0 waits without limit.",
        DatabaseException { SqlState: PostgresErrorCodes.InsufficientPrivilege } =>
            $"{OptionNames.In(error.Message)} populate --dry-run and plan print one script that grants all missing rights.",
        ArchiveException { Code: CacheErrorCode.TooSmall } =>
            $"{Readable(OptionNames.In(error.Message))} --cache-size sets this limit.",
        ArchiveException { Code: CacheErrorCode.DiskFull } => $"{Readable(OptionNames.In(error.Message))} --cache names the folder.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            $"The server refused a statement ({refused.SqlState}: {refused.MessageText}). Commands that only read need SELECT on every "
                + "table of the schema. As the owner, run: GRANT SELECT ON ALL TABLES IN SCHEMA … TO …; or use another role.",
        PostgresException refused => $"The server refused a statement ({refused.SqlState}: {refused.MessageText}).",
        _ => OptionNames.In(error.Message),
    };

    // The exact number stays: a limit that is rounded down would be too small.
    private static string Readable(string message) => LongNumber().Replace(
        message,
        match => $"{match.Value} ({ProgressText.Bytes(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))})");

    [GeneratedRegex(@"(\d{1,3}(?:,\d{3})+) bytes")]
    private static partial Regex LongNumber();
}
