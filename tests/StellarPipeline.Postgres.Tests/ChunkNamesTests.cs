using Npgsql;

namespace StellarPipeline.Postgres.Tests;

/// <summary>Names of chunks become those of their table; other names stay.</summary>
public sealed class ChunkNamesTests
{
    [Theory]
    [InlineData("11_1_transactions_pkey")]
    [InlineData("11_transactions_pkey")]
    public void Cause_KeyOfAChunk_NamesTableAndKey(string key)
    {
        string cause = DatabaseThrow.Cause(
            Error($"duplicate key value violates unique constraint \"{key}\"", "_timescaledb_internal", "_hyper_1_11_chunk", key),
            "transactions");

        Assert.Contains(
            "constraint transactions_pkey: Duplicate key value violates unique constraint \"transactions_pkey\". "
                + "(In chunk _hyper_1_11_chunk.)",
            cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Cause_ChunkOrItsIndexInTheText_NamesTableAndIndex()
    {
        string cause = DatabaseThrow.Cause(
            Error("null value in column \"hash\" of relation \"_hyper_1_11_chunk\", index \"_hyper_1_11_chunk_idx_transactions_hash\"",
                "_timescaledb_internal", "_hyper_1_11_chunk", null), "transactions");

        Assert.Contains("relation \"transactions\", index \"idx_transactions_hash\"", cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Cause_TableOfAUser_StaysAsItIs()
    {
        string cause = DatabaseThrow.Cause(
            Error("duplicate key value violates unique constraint \"11_1_mine\"", "public", "mine", "11_1_mine"), "mine");

        Assert.Contains(
            "constraint 11_1_mine: Duplicate key value violates unique constraint \"11_1_mine\".", cause, StringComparison.Ordinal);
        Assert.DoesNotContain("In chunk", cause, StringComparison.Ordinal);
    }

    private static PostgresException Error(string text, string schema, string table, string? constraint) => new(
        text, "ERROR", "ERROR", PostgresErrorCodes.UniqueViolation, schemaName: schema, tableName: table, constraintName: constraint);
}
