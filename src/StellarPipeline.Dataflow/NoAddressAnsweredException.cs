namespace StellarPipeline.Dataflow;

/// <summary>No address of a server could be connected to. The message names each with its outcome.</summary>
/// <param name="tries">The addresses that were tried.</param>
public sealed class NoAddressAnsweredException(IReadOnlyList<AddressTry> tries)
    : IOException(tries.Count == 0 ? "the name has no address" : string.Join("; ", tries))
{
    /// <summary>The addresses that were tried.</summary>
    public IReadOnlyList<AddressTry> Tries => tries;
}
