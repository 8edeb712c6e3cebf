using Npgsql;

namespace StellarPipeline.Stellar.Queries;

/// <summary>The categories of failed queries in metrics: those of wallet-backend (internal/utils/db_errors.go).</summary>
internal static class QueryErrors
{
    /// <summary>The category of a failure.</summary>
    public static string CategoryOf(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException server: return OfServer(server.SqlState);
                case OperationCanceledException: return "context_canceled";
                case TimeoutException: return "context_deadline_exceeded";
                case IngestCursorException: return "cursor_guard_failed";
                case NpgsqlException { InnerException: null }: return "connection_error";
                case System.Net.Sockets.SocketException or IOException: return "connection_error";
                case ObjectDisposedException: return "connection_closed";
            }
        }

        return "unknown";
    }

    private static string OfServer(string state) => state switch
    {
        PostgresErrorCodes.UniqueViolation => "unique_violation",
        PostgresErrorCodes.ForeignKeyViolation => "foreign_key_violation",
        PostgresErrorCodes.NotNullViolation => "not_null_violation",
        PostgresErrorCodes.CheckViolation => "check_violation",
        PostgresErrorCodes.SerializationFailure => "serialization_failure",
        PostgresErrorCodes.DeadlockDetected => "deadlock",
        PostgresErrorCodes.QueryCanceled => "query_canceled",
        PostgresErrorCodes.AdminShutdown => "admin_shutdown",
        PostgresErrorCodes.ConnectionException or PostgresErrorCodes.ConnectionDoesNotExist or PostgresErrorCodes.ConnectionFailure =>
            "connection_error",
        _ => "postgres_error",
    };
}
