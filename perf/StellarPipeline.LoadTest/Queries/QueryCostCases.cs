using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.LoadTest.Queries;

/// <summary>The measured queries: each method of the data layer, and the rejected forms of its query.</summary>
internal static class QueryCostCases
{
    private const int Parents = 50;
    private const int Limit = 50;

    /// <summary>All cases. Each query is for a random place and account; all forms of a query get the same ones.</summary>
    public static IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> Of(
        NpgsqlConnection database, QueryCostData data, int accounts)
    {
        var queries = new StellarQueries(database, "public");
        var page = new PageRequest<EventCursor> { Limit = Limit };
        StellarAddress busiest = QueryCostData.Account(0);
        EventCursor Any(Random dice) => QueryCostData.Place(dice.NextInt64(data.Transactions));
        StellarAddress Someone(Random dice) => QueryCostData.Account(dice.Next(accounts));
        EventKey[] Some(Random dice, int operation, bool hasTimes) =>
            [.. Enumerable.Range(0, Parents).Select(_ => Any(dice)).Select(
                place => new EventKey(place.Id + operation, hasTimes ? place.LedgerCreatedAt : null))];
        StateChangeCursor Change(EventCursor place) => new(place.LedgerCreatedAt, place.Id, place.Id + 1, 1);
        return
        [
            ("transactions.get_by_hash", "kept",
                dice => queries.Transactions.GetByHashAsync(QueryCostData.Hash(dice.NextInt64(data.Transactions)))),
            ("transactions.get_all, in the middle", "kept: by id",
                dice => queries.Transactions.GetAllAsync(page with { From = Any(dice) })),
            ("transactions.by_account, any account", "kept",
                dice => queries.Transactions.GetByAccountAsync(Someone(dice), page with { From = Any(dice) })),
            ("transactions.by_account, busiest, in the middle", "kept: ordered subquery, bound before the OR",
                dice => queries.Transactions.GetByAccountAsync(busiest, page with { From = Any(dice) })),
            ("transactions.by_account, busiest, in the middle", "seed: MATERIALIZED CTE, OR alone",
                dice => SeedAccountAsync(database, busiest, Any(dice), isBounded: false)),
            ("transactions.by_account, busiest, in the middle", "MATERIALIZED CTE, bound before the OR",
                dice => SeedAccountAsync(database, busiest, Any(dice), isBounded: true)),
            ("operations.by_account, busiest, in the middle", "kept",
                dice => queries.Operations.GetByAccountAsync(busiest, page with { From = Any(dice) })),
            ("transactions.by_operation_ids, 50", "kept: masked, ids and times",
                dice => queries.Transactions.GetByOperationIdsAsync(Some(dice, 1, true))),
            ("transactions.by_operation_ids, 50", "kept: masked, ids alone",
                dice => queries.Transactions.GetByOperationIdsAsync(Some(dice, 1, false))),
            ("transactions.by_operation_ids, 50", "seed: join of operations",
                dice => SeedOfOperationsAsync(database, Some(dice, 1, false))),
            ("operations.by_to_ids, 50 of 10", "kept: LATERAL LIMIT, ids and times",
                dice => queries.Operations.GetByToIdsAsync(Some(dice, 0, true), 10, SortOrder.Ascending)),
            ("operations.by_to_ids, 50 of 10", "kept: LATERAL LIMIT, ids alone",
                dice => queries.Operations.GetByToIdsAsync(Some(dice, 0, false), 10, SortOrder.Ascending)),
            ("operations.by_to_ids, 50 of 10", "seed: ROW_NUMBER", dice => SeedOperationsAsync(database, Some(dice, 0, false))),
            ("state_changes.get_all, in the middle", "kept",
                dice => queries.StateChanges.GetAllAsync(new PageRequest<StateChangeCursor> { From = Change(Any(dice)) })),
            ("state_changes.by_account, any account, newest", "kept: by transactions",
                dice => queries.StateChanges.GetByAccountAsync(Someone(dice), new PageRequest<StateChangeCursor>())),
            ("state_changes.by_account, any account, newest", "seed: one table", dice => SeedChangesAsync(database, Someone(dice), null)),
            ("state_changes.by_account, busiest, in the middle", "kept: by transactions",
                dice => queries.StateChanges.GetByAccountAsync(busiest, new PageRequest<StateChangeCursor> { From = Change(Any(dice)) })),
            ("state_changes.by_account, busiest, in the middle", "seed: one table",
                dice => SeedChangesAsync(database, busiest, Change(Any(dice)))),
            ("state_changes.by_account, busiest, category and reason", "kept: by index",
                dice => queries.StateChanges.GetByAccountAsync(busiest, new PageRequest<StateChangeCursor> { From = Change(Any(dice)) },
                    new StateChangeFilter { Category = "BALANCE", Reason = "DEBIT" })),
            ("state_changes.by_account, busiest, category", "kept: by index, each reason",
                dice => queries.StateChanges.GetByAccountAsync(busiest, new PageRequest<StateChangeCursor> { From = Change(Any(dice)) },
                    new StateChangeFilter { Category = "BALANCE" })),
            ("state_changes.by_to_id", "kept",
                dice => queries.StateChanges.GetByToIdAsync(new EventKey(Any(dice).Id), new PageRequest<ChangeCursor>())),
            ("state_changes.by_operation_id", "kept",
                dice => queries.StateChanges.GetByOperationIdAsync(new EventKey(Any(dice).Id + 1), new PageRequest<ChangeCursor>())),
            ("state_changes.by_to_ids, 50 of 10", "kept: LATERAL LIMIT, in columns one scan; ids and times",
                dice => queries.StateChanges.GetByToIdsAsync(Some(dice, 0, true), 10, SortOrder.Ascending)),
            ("state_changes.by_to_ids, 50 of 10", "kept: LATERAL LIMIT, in columns one scan; time by transaction",
                dice => queries.StateChanges.GetByToIdsAsync(Some(dice, 0, false), 10, SortOrder.Ascending)),
            ("state_changes.by_operation_ids, 50 of 10", "kept: LATERAL LIMIT, in columns one scan; ids and times",
                dice => queries.StateChanges.GetByOperationIdsAsync(Some(dice, 1, true), 10, SortOrder.Ascending)),
            ("state_changes.by_operation_ids, 50 of 10", "seed: ROW_NUMBER, by the index on operation_id",
                dice => SeedChangesOfOperationsAsync(database, Some(dice, 1, false))),
            ("accounts.by_to_ids, 50", "kept: look-ups, in columns one scan",
                dice => queries.Accounts.GetByToIdsAsync(Some(dice, 0, true))),
            ("accounts.by_operation_ids, 50", "kept: look-ups, in columns one scan",
                dice => queries.Accounts.GetByOperationIdsAsync(Some(dice, 1, true))),
            ("operations.get_by_id", "kept", dice => queries.Operations.GetByIdAsync(new EventKey(Any(dice).Id + 1))),
            ("operations.get_all, in the middle", "kept: by id", dice => queries.Operations.GetAllAsync(page with { From = Any(dice) })),
            ("transactions.by_ids, 50", "kept: ids and times", dice => queries.Transactions.GetByIdsAsync(Some(dice, 0, true))),
            ("transactions.by_ledger", "kept",
                dice => queries.Transactions.GetByLedgerAsync(Toid.LedgerOf(Any(dice).Id), page)),
            ("transactions.by_state_changes, 50", "kept: ids and times",
                dice => queries.Transactions.GetByStateChangesAsync(
                    [.. Enumerable.Range(0, Parents).Select(_ => Change(Any(dice)))])),
        ];
    }

    /// <summary>Forms that read a whole table for each answer; they are run only a few times.</summary>
    public static IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> Slow(NpgsqlConnection database, QueryCostData data) =>
    [
        ("transactions.get_all, in the middle", "seed: by time and id",
            dice => SeedAllAsync(database, QueryCostData.Place(dice.NextInt64(data.Transactions)))),
        ("state_changes.by_to_ids, 50 of 10", "seed: ROW_NUMBER, by to_id alone", dice => SeedChangesOfTransactionsAsync(
            database,
            [.. Enumerable.Range(0, Parents).Select(_ => new EventKey(QueryCostData.Place(dice.NextInt64(data.Transactions)).Id))])),
    ];

    private static Task SeedAccountAsync(NpgsqlConnection database, StellarAddress account, EventCursor from, bool isBounded) => AskAsync(
        database,
        $"""
        WITH account_txns AS MATERIALIZED (
            SELECT tx_to_id, ledger_created_at FROM public.transactions_accounts
            WHERE account_id = $1 {(isBounded ? "AND ledger_created_at <= $2" : "")} AND (ledger_created_at < $2 OR (ledger_created_at = $2
              AND tx_to_id < $3))
            ORDER BY ledger_created_at DESC, tx_to_id DESC
            LIMIT {Limit + 1}
        )
        SELECT t.* FROM account_txns ta, LATERAL (SELECT * FROM public.transactions t WHERE t.to_id = ta.tx_to_id AND t.ledger_created_at =
          ta.ledger_created_at LIMIT 1) t
        ORDER BY t.ledger_created_at DESC, t.to_id DESC
        """,
        Bytes(account), Time(from.LedgerCreatedAt), Number(from.Id));

    private static Task SeedAllAsync(NpgsqlConnection database, EventCursor from) => AskAsync(
        database,
        $"SELECT * FROM public.transactions WHERE (ledger_created_at < $1 OR (ledger_created_at = $1 AND to_id < $2)) ORDER BY "
            + $"ledger_created_at DESC, to_id DESC LIMIT {Limit + 1}",
        Time(from.LedgerCreatedAt), Number(from.Id));

    private static Task SeedOfOperationsAsync(NpgsqlConnection database, EventKey[] operations) => AskAsync(
        database,
        "SELECT o.id, t.* FROM public.operations o INNER JOIN public.transactions t ON (o.id & (~x'FFF'::bigint)) = t.to_id WHERE o.id = "
            + "ANY ($1)", Numbers(operations));

    private static Task SeedOperationsAsync(NpgsqlConnection database, EventKey[] transactions) => AskAsync(
        database,
        """
        WITH inputs (to_id) AS (SELECT * FROM UNNEST($1::bigint[])),
            ranked AS (SELECT o.*, ROW_NUMBER() OVER (PARTITION BY i.to_id ORDER BY o.id) AS rn FROM public.operations o JOIN inputs i ON
              o.id > i.to_id AND o.id < i.to_id + 4096)
        SELECT * FROM ranked WHERE rn <= 11
        """,
        Numbers(transactions));

    private static Task SeedChangesOfTransactionsAsync(NpgsqlConnection database, EventKey[] transactions) => AskAsync(
        database,
        """
        WITH inputs (to_id) AS (SELECT * FROM UNNEST($1::bigint[])),
            ranked AS (SELECT sc.*, ROW_NUMBER() OVER (PARTITION BY sc.to_id ORDER BY sc.to_id, sc.operation_id, sc.state_change_id) AS rn
              FROM public.state_changes sc JOIN inputs i ON sc.to_id = i.to_id)
        SELECT * FROM ranked WHERE rn <= 11
        """,
        Numbers(transactions));

    private static Task SeedChangesOfOperationsAsync(NpgsqlConnection database, EventKey[] operations) => AskAsync(
        database,
        """
        WITH inputs (operation_id) AS (SELECT * FROM UNNEST($1::bigint[])),
            ranked AS (SELECT sc.*, ROW_NUMBER() OVER (PARTITION BY sc.operation_id ORDER BY sc.to_id, sc.operation_id, sc.state_change_id)
              AS rn FROM public.state_changes sc JOIN inputs i ON sc.operation_id = i.operation_id)
        SELECT * FROM ranked WHERE rn <= 11
        """,
        Numbers(operations));

    private static Task SeedChangesAsync(NpgsqlConnection database, StellarAddress account, StateChangeCursor? from)
    {
        const string order = "ORDER BY ledger_created_at DESC, to_id DESC, operation_id DESC, state_change_id DESC LIMIT 51";
        return from is not { } place
            ? AskAsync(database, $"SELECT * FROM public.state_changes WHERE account_id = $1 {order}", Bytes(account))
            : AskAsync(
                database,
                $"""
                SELECT * FROM public.state_changes WHERE account_id = $1 AND (ledger_created_at < $2 OR (ledger_created_at = $2 AND to_id <
                  $3)
                    OR (ledger_created_at = $2 AND to_id = $3 AND operation_id < $4) OR (ledger_created_at = $2 AND to_id = $3 AND
                      operation_id = $4 AND state_change_id < $5))
                {order}
                """,
                Bytes(account), Time(place.LedgerCreatedAt), Number(place.ToId), Number(place.OperationId), Number(place.StateChangeId));
    }

    private static NpgsqlParameter Bytes(StellarAddress account) =>
        new() { Value = account.Stored.ToArray(), NpgsqlDbType = NpgsqlDbType.Bytea };

    private static NpgsqlParameter Time(DateTime time) => new() { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter Number(long number) => new() { Value = number, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter Numbers(EventKey[] keys) =>
        new() { Value = keys.Select(key => key.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    // The same communication as in the methods: one batch, and every row is read.
    private static async Task AskAsync(NpgsqlConnection database, string sql, params NpgsqlParameter[] parameters)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (NpgsqlParameter parameter in parameters) statement.Parameters.Add(parameter);
        await PinnedQuery.RunAsync(database, statement, async (reader, token) =>
        {
            object[] values = new object[reader.FieldCount];
            int rows = 0;
            while (await reader.ReadAsync(token)) rows += reader.GetValues(values) > 0 ? 1 : 0;
            return rows;
        });
    }
}
