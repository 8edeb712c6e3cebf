using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Turns the server's refusal of one row into an answer to: which key, how many rows, which values.</summary>
internal static class ViolationSearch
{
    /// <summary>Always throws: the violation that the anti-join finds, else the server's own words.</summary>
    /// <param name="connection">Connection whose transaction is usable again.</param>
    /// <param name="keys">Keys that may be violated.</param>
    /// <param name="refusal">What the server said.</param>
    /// <param name="audit">Takes the proofs.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static async Task ExplainAsync(
        NpgsqlConnection connection, IEnumerable<ForeignKey> keys, PostgresException refusal, IAuditSink audit,
        CancellationToken cancellationToken)
    {
        foreach (ForeignKey? key in keys.OrderByDescending(key => key.Name == refusal.ConstraintName))
        {
            try
            {
                await ForeignKeyProof.ProveAsync(connection, key, cancellationToken).ConfigureAwait(false);
            }
            catch (ForeignKeyViolationException violation)
            {
                audit.Record(AuditEvents.ProofOf(key, violation.Rows, violation.SampleKeys, null));
                throw;
            }
            catch (ForeignKeyException)
            {
                // The role may not read both tables: a refused query has aborted the transaction, and the server's words are all there is.
                break;
            }
        }

        throw ForeignKeyThrow.ServerRefused(refusal);
    }
}
