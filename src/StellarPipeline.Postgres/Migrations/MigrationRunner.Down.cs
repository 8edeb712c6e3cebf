using System.Data;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Migrations;

/// <content>Reverting migrations: the plan to show, and its execution after it was accepted.</content>
public sealed partial class MigrationRunner
{
    /// <summary>Finds out, with SELECTs only, what <see cref="DownAsync(MigrationDownPlan, bool, CancellationToken)"/> would do.</summary>
    /// <param name="count">Number of files, 1 or more; the plan has fewer if fewer are applied.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>The plan, to be shown to the person who decides.</returns>
    /// <exception cref="MigrationException">The state cannot be read.</exception>
    public async Task<MigrationDownPlan> PlanDownAsync(int count, CancellationToken cancellationToken = default)
    {
        if (count < 1)
            MigrationThrow.Count(count);
        NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                (string? schema, string? role) =
                    await MigrationTracking.EnterAsync(connection, SessionDemands.Of(dataSource), cancellationToken).ConfigureAwait(false);
                MigrationState state = await ReadAsync(connection, schema, role, cancellationToken).ConfigureAwait(false);
                return await PlanDownAsync(connection, state, Applied(state).Take(count).ToList(), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Reverts the last applied files of these sets by name, as sql-migrate does. Their tables are dropped with all rows.
    /// </summary>
    /// <param name="count">Number of files, 1 or more; fewer are reverted if fewer are applied.</param>
    /// <param name="cancellationToken">As in <see cref="UpAsync"/>.</param>
    /// <returns>Names of the reverted files, in order.</returns>
    /// <exception cref="MigrationException">As in <see cref="UpAsync"/>; or other objects depend on what would be dropped.</exception>
    public async Task<IReadOnlyList<string>> DownAsync(int count, CancellationToken cancellationToken = default) =>
        await DownAsync(await PlanDownAsync(count, cancellationToken).ConfigureAwait(false), false, cancellationToken).ConfigureAwait(
            false);

    /// <summary>Reverts the files of a plan, in one transaction if none of them says <c>notransaction</c>.</summary>
    /// <param name="plan">The accepted plan.</param>
    /// <param name="dropDependents">Whether dependent objects of others may be dropped too, if a file's own DROP says CASCADE.</param>
    /// <param name="cancellationToken">As in <see cref="UpAsync"/>.</param>
    /// <returns>Names of the reverted files, in order.</returns>
    /// <exception cref="MigrationException">As in <see cref="UpAsync"/>; other objects depend on what would be dropped; or the database has
    /// changed since the plan was made.</exception>
    /// <exception cref="MigrationsCancelledException">The run was cancelled; it names the reverted files.</exception>
    public async Task<IReadOnlyList<string>> DownAsync(
        MigrationDownPlan plan, bool dropDependents, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Dependents.Count > 0 && !dropDependents)
            MigrationThrow.WouldTakeOthersAlong(plan.Schema, plan.Dependents);
        if (plan.Files.Count == 0)
            return [];
        var done = new List<string>();
        try
        {
            NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var names = plan.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
                Migration? alone = known.Select(item => item.Migration).FirstOrDefault(
                    migration => names.Contains(migration.Name) && !migration.DownInTransaction);
                await RequireDirectAsync(connection, alone, cancellationToken).ConfigureAwait(false);
                MigrationState state = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                await RequireWritableAsync(connection, state, Applied(state).Where(item => names.Contains(item.Migration.Name)).ToList(),
                    isUp: false, cancellationToken).ConfigureAwait(false);
                if (alone is null)
                    done.AddRange(await DownTogetherAsync(connection, plan, names, cancellationToken).ConfigureAwait(false));
                else
                    await DownEachAsync(connection, plan, names, done, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException error)
        {
            throw new MigrationsCancelledException(false, done, error, cancellationToken);
        }

        return done;
    }

    /// <summary>The applied migrations in the order in which they are reverted: by name over all sets, backwards.</summary>
    private List<(Migration Migration, string TrackingTable)> Applied(MigrationState state)
    {
        var applied = known.Select(item => (item.Migration, state.Find(item.Migration.Name)?.TrackingTable ?? ""))
            .Where(item => item.Item2.Length > 0).ToList();
        applied.Sort((left, right) => Migration.CompareNames(right.Migration.Name, left.Migration.Name));
        return applied;
    }

    private Task<MigrationDownPlan> PlanDownAsync(
        NpgsqlConnection connection, MigrationState state, List<(Migration Migration, string TrackingTable)> files,
        CancellationToken cancellationToken)
    {
        var names = known.Select(item => item.Migration.Name).ToHashSet(StringComparer.Ordinal);
        return MigrationDownReader.ReadAsync(connection, state, files,
            MigrationOrder.Remarks(state, files.ConvertAll(file => file.Migration.Name), names), cancellationToken);
    }

    private async Task<List<string>> DownTogetherAsync(
        NpgsqlConnection connection, MigrationDownPlan plan, HashSet<string> names, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction =
            await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            (MigrationState? state, int backend) = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
            var files = Applied(state).Where(item => names.Contains(item.Migration.Name)).ToList();
            await MigrationDownReader.LockAsync(connection, plan, cancellationToken).ConfigureAwait(false);
            if (MigrationDownReader.Differences(
                plan, await PlanDownAsync(connection, state, files, cancellationToken).ConfigureAwait(false)) is { Count: > 0 } differences)
            {
                MigrationThrow.PlanChanged(differences);
            }

            MigrationExecutor executor =
                await RunTogetherAsync(connection, state, files, isUp: false, backend, cancellationToken).ConfigureAwait(false);
            await executor.CommitAsync(transaction, files[^1].Migration, isUp: false).ConfigureAwait(false);
            return files.ConvertAll(file => file.Migration.Name);
        }
    }

    private async Task DownEachAsync(
        NpgsqlConnection connection, MigrationDownPlan plan, HashSet<string> names, List<string> done, CancellationToken cancellationToken)
    {
        while (done.Count < plan.Files.Count)
        {
            int before = done.Count;
            await RunAloneAsync(connection, isUp: false, done, names, cancellationToken).ConfigureAwait(false);
            if (done.Count == before)
                return;
        }
    }
}
