using Npgsql;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Every refusal and failure of a query, in one place.</summary>
internal static class QueryThrow
{
    public static DatabaseException Failed(Query query, NpgsqlConnection connection, NpgsqlException cause)
    {
        string advice = cause is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable }
            ? " Its tables are not there: run migrate up, or name the schema that holds them (search_path in the address)."
            : "";
        return new DatabaseException(
            FormattableString.Invariant($"The query {query.Name} failed on {connection.Host}:{connection.Port}, database {connection.Database}: {cause.Message}{advice}"), cause);
    }

    public static IngestCursorException CursorIsNoLedger(string key, string value) => new(
        key, $"The cursor {key} in ingest_store is \"{value}\", which is not a ledger. Nothing was changed. Find out who wrote it; correct or delete it.");

    public static IngestCursorException CursorMoved(string key, IReadOnlyList<uint> expected, uint? found, uint wanted)
    {
        string state = found is null ? "is missing" : FormattableString.Invariant($"is at {found.Value:N0}");
        string before = string.Join(" or ", expected.Select(ledger => ledger.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)));
        return new IngestCursorException(key, FormattableString.Invariant(
            $"The cursor {key} in ingest_store {state}, but {before} was expected where it is to be moved to {wanted:N0}. The cursor was left as it is. ")
            + "Another program has moved it: see that only one ingests into this database, then run again.");
    }
}
