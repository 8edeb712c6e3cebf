using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("StellarPipeline.Benchmarks")]
[assembly: InternalsVisibleTo("StellarPipeline.Fuzz.Tests")]
[assembly: InternalsVisibleTo("StellarPipeline.LoadTest")]
[assembly: InternalsVisibleTo("StellarPipeline.Stellar.Tests")]
