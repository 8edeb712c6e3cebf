namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Tables that were made beside the history tables cannot take their place: the ledgers are to be loaded in place.</summary>
internal sealed class BesideRefusedException(string reason, Exception? inner = null) : Exception(reason, inner);
