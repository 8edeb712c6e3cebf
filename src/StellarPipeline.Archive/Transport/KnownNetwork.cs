namespace StellarPipeline.Archive.Transport;

/// <summary>A network with known archives.</summary>
/// <param name="Name">Its short name: pubnet, testnet or futurenet.</param>
/// <param name="Passphrase">The passphrase in its archive states and transactions.</param>
/// <param name="Archives">The URLs of its archives.</param>
public sealed record KnownNetwork(string Name, string Passphrase, IReadOnlyList<string> Archives);
