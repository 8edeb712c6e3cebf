using Npgsql;
using StellarPipeline.Cli.Output;
using StellarPipeline.Postgres;

namespace StellarPipeline.Cli;

/// <summary>What the libraries cannot say of a failure: which option of this program is the way out.</summary>
internal static class Hints
{
    /// <summary>The message of a failure with its hint.</summary>
    public static string Message(Exception error) => error switch
    {
        DatabaseException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            $"{OptionNames.In(error.Message)} --lock-timeout says how many seconds a statement may wait; 0 is without limit.",
        DatabaseException { SqlState: PostgresErrorCodes.InsufficientPrivilege } =>
            $"{OptionNames.In(error.Message)} populate --dry-run and plan tell all rights that are missing, as one script.",
        _ => OptionNames.In(error.Message),
    };
}
