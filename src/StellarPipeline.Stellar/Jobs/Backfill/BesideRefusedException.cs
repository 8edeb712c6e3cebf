namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Separate tables cannot take the place of the history tables: the ledgers must be loaded in place.</summary>
internal sealed class BesideRefusedException(string reason, Exception? inner = null) : Exception(reason, inner);
