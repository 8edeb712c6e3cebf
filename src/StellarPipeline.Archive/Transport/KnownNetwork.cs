namespace StellarPipeline.Archive.Transport;

/// <summary>A network whose archives are known.</summary>
/// <param name="Name">Its short name: pubnet, testnet or futurenet.</param>
/// <param name="Passphrase">The passphrase that its archive states and its transactions name.</param>
/// <param name="Archives">The URLs of its archives.</param>
public sealed record KnownNetwork(string Name, string Passphrase, IReadOnlyList<string> Archives);
