// Short names of common emoji.
const LIST = `smile 😄 grin 😁 joy 😂 rofl 🤣 wink 😉 blush 😊 heart_eyes 😍 kiss 😘 tongue 😛
hug 🤗 thinking 🤔 sleeping 😴 mindblown 🤯 party_face 🥳 cool 😎
nerd 🤓 confused 😕 sad 🙁 cry 😢 sob 😭 scream 😱 angry 😠 devil 😈
ghost 👻 robot 🤖 cat 🐱 dog 🐶 fox 🦊 bug 🐛 bee 🐝 unicorn 🦄 wave 👋 ok 👌
+1 👍 -1 👎 clap 👏 raised 🙌 handshake 🤝 pray 🙏 muscle 💪 eyes 👀 facepalm 🤦
dance 💃 heart ❤️ sparkles ✨ star ⭐ fire 🔥 boom 💥 100 💯 sun ☀️ rain 🌧️
snow ❄️ rainbow 🌈 flower 🌸 tree 🌳 pizza 🍕 cake 🍰
coffee ☕ tea 🍵 beer 🍺 cheers 🥂 car 🚗 plane ✈️ rocket 🚀 ship 🚢
house 🏠 clock ⏰ bulb 💡 book 📖 mail 📧 package 📦 chart 📈
laptop 💻 music 🎵 art 🎨 trophy 🏆 gift 🎁 tada 🎉 bell 🔔
check ✅ cross ❌ warning ⚠️ question ❓`;

export const EMOJI = new Map();
for (const [, name, sign] of LIST.matchAll(/(\S+) (\S+)/g)) EMOJI.set(name, sign);
