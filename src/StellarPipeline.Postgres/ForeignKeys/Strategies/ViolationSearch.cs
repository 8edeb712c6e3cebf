using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Finds, after the server has refused one row, the violated key, the number of violating rows and sample values.</summary>
internal static class ViolationSearch
{
    /// <summary>Always throws: the violation that the anti-join finds, or else the server's error.</summary>
    /// <param name="connection">Connection whose transaction is usable again.</param>
    /// <param name="keys">Keys that may be violated.</param>
    /// <param name="refusal">The server's error.</param>
    /// <param name="audit">Receives the proofs.</param>
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
                // The role may not read both tables. The refused query has aborted the transaction, so only the server's error can be
                // reported.
                break;
            }
        }

        throw ForeignKeyThrow.ServerRefused(refusal);
    }
}
