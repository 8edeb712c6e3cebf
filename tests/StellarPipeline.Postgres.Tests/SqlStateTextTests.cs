using Npgsql;

namespace StellarPipeline.Postgres.Tests;

public sealed class SqlStateTextTests
{
    [Theory]
    [InlineData("23505", "unique_violation", "empty tables")]
    [InlineData("53100", "disk_full", "Free space")]
    [InlineData("57P01", "admin_shutdown", "the server's log")]
    [InlineData("55P03", "lock_not_available", "pg_locks")]
    [InlineData("25P02", "in_failed_sql_transaction", "first error")]
    [InlineData("25006", "read_only_sql_transaction", "primary")]
    [InlineData("08006", "08006", "connection broke")]
    [InlineData("22099", "22099", "does not fit its column")]
    [InlineData("P0001", "P0001", "server's log")]
    public void Cause_SqlState_NamesItAndSaysWhatToDo(string sqlState, string name, string advice)
    {
        string text = DatabaseThrow.Cause(new PostgresException("it broke", "ERROR", "ERROR", sqlState));

        Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.Contains("It broke.", text, StringComparison.Ordinal);
        Assert.Contains(advice, text, StringComparison.Ordinal);
    }
}
