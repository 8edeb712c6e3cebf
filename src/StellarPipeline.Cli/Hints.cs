using Npgsql;
using StellarPipeline.Cli.Output;
using StellarPipeline.Postgres;

namespace StellarPipeline.Cli;

/// <summary>Adds to an error message of a library the option of this program that helps.</summary>
internal static class Hints
{
    /// <summary>The message of an error with its hint.</summary>
    public static string Message(Exception error) => error switch
    {
        DatabaseException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            $"{OptionNames.In(error.Message)} --lock-timeout sets how many seconds a statement may wait; 0 waits without limit.",
        DatabaseException { SqlState: PostgresErrorCodes.InsufficientPrivilege } =>
            $"{OptionNames.In(error.Message)} populate --dry-run and plan print one script that grants all missing rights.",
        _ => OptionNames.In(error.Message),
    };
}
