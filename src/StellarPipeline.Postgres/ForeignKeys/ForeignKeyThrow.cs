using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>All errors of the foreign-key subsystem: what happened, where, what to do.</summary>
internal static class ForeignKeyThrow
{
    [DoesNotReturn]
    public static void NoTables() =>
        throw Usage("No table was named, so there is nothing to plan. Name at least one table to load.");

    [DoesNotReturn]
    public static void EmptySchema(object schema) =>
        throw Usage(
            $"Schema {schema} has no table that can be loaded, or does not exist. Check the schema's name, its case, and the database.");

    [DoesNotReturn]
    public static void TableMissing(string name) =>
        throw Usage(
            $"Table {name} does not exist in this database, or is not in the search path. Write it as schema.table, with double "
                + $"quotes "
                +
                "around names that are not all lower case.");

    [DoesNotReturn]
    public static void NotATable(QualifiedName name, char kind) =>
        throw Usage(
            $"{name} is not a table that can be loaded (pg_class.relkind is '{kind}', ordinary tables are 'r' and partitioned tables "
                + $"'p'). Name "
                +
                "the table behind it.");

    [DoesNotReturn]
    public static void ServerTooOld(Version version) =>
        throw Usage(
            $"The server is PostgreSQL {version}; foreign keys are supported from version {ForeignKeyCatalog.MinServerMajorVersion} "
            + $"on. Use "
                +
                "a newer server.");

    [DoesNotReturn]
    public static void StrategyImpossible(StrategyProbe probe)
    {
        string remedies = probe.Remedies.Count == 0
            ? "Choose another strategy."
            : "Choose another strategy, or ask a role with the privileges to run: " + string.Join(" ", probe.Remedies);
        throw Usage(
            $"Foreign-key strategy {probe.Strategy} cannot be used for this load: {string.Join(" ", probe.Obstacles)} Nothing was "
                + $"written. {remedies}");
    }

    [DoesNotReturn]
    public static void PlanRefused(ForeignKeyPlan plan) => throw Usage(Refusal(plan));

    /// <summary>Why a plan refuses the load, and what would make the load possible.</summary>
    public static string Refusal(ForeignKeyPlan plan)
    {
        var text = new StringBuilder();
        text.Append(plan.Options.Choice == ForeignKeyChoice.Auto
            ? "No foreign-key strategy can be used for this load without changing more than foreign keys."
            : $"Foreign-key strategy {ForeignKeyPlanner.NameOf(plan.Options.Choice)} cannot be used for this load.");
        foreach (StrategyVerdict verdict in plan.Asked)
        {
            text.Append(CultureInfo.InvariantCulture, $" {verdict.Name}: ").AppendJoin(
                " ", verdict.Probe.Obstacles.Concat(verdict.Probe.Cautions));
        }

        text.Append(" Nothing was written. ");
        text.Append(plan.Remedies.Count == 0
            ? "Name a strategy whose consequences you accept."
            : "Ask a role with the privileges to run what one of them lacks: ");
        return text.AppendJoin(" ", plan.Remedies).ToString();
    }

    [DoesNotReturn]
    public static void CatalogChanged(ForeignKey key, string? now) =>
        throw new ForeignKeyException(
            FailureKind.Database, $"Foreign key {key} is now {(now is null ? "gone" : $"'{now}'")} and was '{key.Definition}' " +
                "when the load was planned. Nothing was written. The schema is being changed: run again when that is finished.");

    [DoesNotReturn]
    public static void RestoredDifferently(ForeignKey key, string before, string? after) =>
        throw Internal(
            $"Foreign key {key} came back as '{after}' where '{before}' was dropped, or with other names or comments on its partitions. "
                + $"The "
                +
                "transaction must be rolled back, which brings the old key back.");

    [DoesNotReturn]
    public static void WrongIsolation(string isolation) =>
        throw Usage(
            $"The load's transaction runs at isolation level {isolation}, but strategy {ReplicaStrategy.StrategyName} needs read "
                + $"committed: "
                +
                "an older snapshot could miss the removal of a referenced row. Begin the transaction with IsolationLevel.ReadCommitted.");

    [DoesNotReturn]
    public static void NoTransaction(string strategy, Exception error) =>
        throw new ForeignKeyException(
            FailureKind.Internal, $"Foreign-key strategy {strategy} was started without an open transaction, where its settings " +
                "end with each statement. Begin a transaction on the connection first.", error);

    [DoesNotReturn]
    public static void StrategyUsedTwice(string strategy) =>
        throw Internal($"Foreign-key strategy {strategy} was started a second time. One instance serves one load: make a new one.");

    [DoesNotReturn]
    public static void StrategyNotStarted(string strategy) =>
        throw Internal(
            $"Foreign-key strategy {strategy} was called before BeforeLoadAsync or after AfterLoadAsync. Call BeforeLoadAsync once, then "
                + $"the "
                +
                "batches, then AfterLoadAsync once.");

    [DoesNotReturn]
    public static void OtherConnection(string strategy) =>
        throw Internal(
            $"Foreign-key strategy {strategy} was called on a different connection than it was started on. It protects one transaction "
                +
                "only: give each connection its own load, or all sinks the same connection.");

    [DoesNotReturn]
    public static void OtherTransaction(string strategy) =>
        throw Internal(
            $"The transaction of foreign-key strategy {strategy} ended before AfterLoadAsync, so the rest of the load ran unprotected. "
                + $"Keep "
                +
                "one transaction open from BeforeLoadAsync to AfterLoadAsync.");

    [DoesNotReturn]
    public static void SettingLost(string setting, string expected, string actual) =>
        throw new ForeignKeyException(
            FailureKind.Database, $"The server reports {setting} = {actual} where {expected} was set for this transaction. " +
                "Something else changes the setting (a pooler, or a SET in the load): connect to the server directly, and roll "
                + "back.");

    [DoesNotReturn]
    public static void TemporalKey(ForeignKey key) =>
        throw Usage(
            $"Foreign key {key} compares periods (PERIOD), which the set-wise proof cannot check. Use a strategy where PostgreSQL checks "
                +
                "it: recreate, deferred or ordered.");

    [DoesNotReturn]
    public static void Violation(ForeignKey key, long rows, IReadOnlyList<string> samples)
    {
        string count = rows.ToString("N0", CultureInfo.InvariantCulture);
        string verb = rows == 1 ? "1 row violates" : $"{count} rows violate";
        string mixed =
            key.Match == ForeignKeyMatch.Full && key.Columns.Count > 1 ? " or mixes NULL with values, which MATCH FULL forbids" : "";
        throw new ForeignKeyViolationException(
            $"{verb} foreign key {key}: the key has no row in {key.Referenced}{mixed}. Keys (up to {ForeignKeyProof.MaxSampleKeys}): " +
            $"{string.Join(", ", samples)}. " +
            $"Nothing was committed. Rows of {key.Referencing} refer to rows of {key.Referenced} that the source does not contain: it is " +
            $"incomplete, or {key.Referenced} was left out. Load from a complete source; if the rows are missing on purpose, drop this " +
            $"foreign key before the load.",
            key, rows, samples);
    }

    public static ForeignKeyException AuditFile(string path, Exception error) =>
        new(FailureKind.Usage,
            $"The audit file {path} cannot be written: {error.Message} Name a file in an existing folder that this user may write.", error);

    public static ForeignKeyException AuditWrite(string path, IOException error) =>
        new(FailureKind.Usage,
            $"The audit file {path} could not be written completely: {error.Message} Nothing was committed. Free some space, or name a "
                + $"file on another disk.", error);

    public static ForeignKeyException ProofNotAllowed(ForeignKey key, Exception error) =>
        new(FailureKind.Database,
            $"Foreign key {key} could not be proved, because the role may not read both tables completely: {error.Message}. Grant SELECT " +
                "on both, or choose a strategy where PostgreSQL checks.", error);

    [DoesNotReturn]
    public static void RowSecurity(ForeignKey key) =>
        throw Usage(
            $"Foreign key {key} cannot be proved, because row security hides rows of {key.Referencing} or {key.Referenced} from this "
                + $"role. Load "
                +
                "as the owner or a role with BYPASSRLS, or choose a strategy where PostgreSQL checks.");

    [DoesNotReturn]
    public static void ServerFailed(string doing, Exception error) => throw ServerFailure(doing, error);

    public static ForeignKeyException ServerFailure(string doing, Exception error)
    {
        string state = error is PostgresException refusal ? $"{refusal.SqlState} {refusal.MessageText}" : error.Message;
        return new ForeignKeyException(
            FailureKind.Database, $"{doing} failed: {state}. Nothing of this transaction is committed. Look at the server's " +
                "log and at pg_stat_activity for locks, then run again.", error);
    }

    [DoesNotReturn]
    public static void IndexNotRebuilt(DroppedIndex index, PostgresException error) =>
        throw new ForeignKeyException(
            FailureKind.Database, $"Index {index.Name} of {index.Table} could not be built again after the load: " +
                $"{error.SqlState} {error.MessageText}. " +
                "Nothing was committed, and the index is unchanged. If there are duplicate rows, look for them in the source; load " +
                "without rebuilding indexes to learn which batch has them.", error);

    [DoesNotReturn]
    public static void IndexRestoredDifferently(QualifiedName table, string before, string after) =>
        throw Internal(
            $"The indexes of {table} came back as [{after}] where [{before}] were there before. The transaction must be rolled back, which "
                +
                "brings the old ones back.");

    public static ForeignKeyException ServerRefused(PostgresException error) =>
        new(FailureKind.Database,
            $"PostgreSQL refused the loaded rows: {error.SqlState} {error.MessageText}, constraint {error.ConstraintName} of table " +
                $"{error.SchemaName}.{error.TableName}. " +
                "Nothing is committed. Look for the missing rows in the source.", error);

    private static ForeignKeyException Usage(string message) => new(FailureKind.Usage, message);

    private static ForeignKeyException Internal(string message) => new(FailureKind.Internal, message);
}
