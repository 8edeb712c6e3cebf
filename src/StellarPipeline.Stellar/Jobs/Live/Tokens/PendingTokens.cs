using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>
/// Beside the ledgers: asks contracts of the list again that could not be asked when they came, each in a transaction of its own.
/// </summary>
/// <remarks>Never fails the ledgers: what goes wrong is logged, and tried again later.</remarks>
/// <param name="database">The database.</param>
/// <param name="answers">Who asks contracts.</param>
/// <param name="logger">Told what went wrong.</param>
internal sealed class PendingTokens(NpgsqlDataSource database, TokenAnswers answers, ILogger logger)
{
    private const int AtOnce = 50;

    private static readonly Backoff Pause = Backoff.Steady(TimeSpan.FromMinutes(1));

    /// <summary>Goes over the list every minute.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await PassAsync(cancellationToken).ConfigureAwait(false);
                await Pause.WaitAsync(1, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the run.
        }
    }

    /// <summary>Goes over the list once: until it is empty, or the server gives no answer.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ListAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } contracts)
            {
                foreach (string contract in contracts)
                    if (!await CompleteAsync(contract, cancellationToken).ConfigureAwait(false)) return;
            }
        }
        catch (PipelineException error)
        {
            StellarLog.TokensNotCompleted(logger, error.Message);
        }
    }

    /// <summary>Asks one contract and takes it off the list. False where nobody answers.</summary>
    private async Task<bool> CompleteAsync(string address, CancellationToken cancellationToken)
    {
        TokenMetadata? token = null;
        string? problem = null;
        try
        {
            token = await answers.AskAsync(IdOf(address), cancellationToken).ConfigureAwait(false);
        }
        catch (PipelineException error)
        {
            problem = error.Message;
            StellarLog.TokenPending(logger, address, error.Message);
        }

        await TransactionRun.RunAsync(database, "The completion of a token", async load =>
        {
            string list = load.Resolve(TokenRows.Pending).QualifiedName;
            if (problem is not null)
            {
                return await load.RunAsync(
                    $"UPDATE {list} SET tries = tries + 1, last_error = $2 WHERE contract_id = $1", [address, problem], cancellationToken)
                    .ConfigureAwait(false);
            }

            if (token is not null) await TokenRows.DescribeAsync(load, [token], cancellationToken).ConfigureAwait(false);
            return await load.RunAsync($"DELETE FROM {list} WHERE contract_id = $1", [address], cancellationToken).ConfigureAwait(false);
        }, null, cancellationToken).ConfigureAwait(false);
        return problem is null;
    }

    // Those that failed least come first: one that always fails keeps nobody back.
    private Task<List<string>> ListAsync(CancellationToken cancellationToken) =>
        TransactionRun.RunAsync(database, "The look at pending tokens", async look =>
        {
            string limit = AtOnce.ToString(CultureInfo.InvariantCulture);
            List<string[]> rows = await look.RowsAsync(
                $"SELECT contract_id FROM {look.Resolve(TokenRows.Pending).QualifiedName} ORDER BY tries, since_ledger, contract_id "
                    + $"LIMIT {limit}", cancellationToken).ConfigureAwait(false);
            return rows.ConvertAll(static row => row[0]);
        }, null, cancellationToken);

    private static Hash256 IdOf(string address) => new(StrKey.Decode(StrKeyKind.Contract, address));
}
