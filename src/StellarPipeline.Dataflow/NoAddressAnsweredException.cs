namespace StellarPipeline.Dataflow;

/// <summary>No connection to any address of a server succeeded. The message names each address with its outcome.</summary>
/// <param name="tries">The addresses that were tried.</param>
public sealed class NoAddressAnsweredException(IReadOnlyList<AddressTry> tries)
    : IOException(tries.Count == 0 ? "the name has no address" : string.Join("; ", tries))
{
    /// <summary>The addresses that were tried.</summary>
    public IReadOnlyList<AddressTry> Tries => tries;
}
