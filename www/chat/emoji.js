// Short names of common emoji.
const LIST = `smile 😄 grin 😁 joy 😂 rofl 🤣 wink 😉 blush 😊 heart_eyes 😍 kiss 😘 yum 😋 tongue 😛
zany 🤪 hug 🤗 thinking 🤔 neutral 😐 smirk 😏 eyeroll 🙄 relieved 😌 sleeping 😴 mask 😷 hot 🥵 cold 🥶
mindblown 🤯 party_face 🥳 cool 😎 nerd 🤓 confused 😕 sad 🙁 open_mouth 😮 flushed 😳 pleading 🥺
cry 😢 sob 😭 scream 😱 yawn 🥱 angry 😠 devil 😈 skull 💀 poop 💩 clown 🤡 ghost 👻 alien 👽 robot 🤖
cat 🐱 dog 🐶 fox 🦊 bear 🐻 panda 🐼 monkey 🙈 owl 🦉 fish 🐟 whale 🐳 snail 🐌 bug 🐛 bee 🐝 unicorn 🦄
wave 👋 ok 👌 crossed 🤞 +1 👍 -1 👎 fist ✊ clap 👏 raised 🙌 handshake 🤝 pray 🙏 muscle 💪 eyes 👀
shrug 🤷 facepalm 🤦 run 🏃 dance 💃 heart ❤️ broken 💔 sparkles ✨ star ⭐ fire 🔥 boom 💥 100 💯
zzz 💤 speech 💬 sun ☀️ cloud ☁️ rain 🌧️ snow ❄️ rainbow 🌈 moon 🌙 earth 🌍 flower 🌸 tree 🌳 leaf 🍃
clover 🍀 apple 🍎 lemon 🍋 banana 🍌 bread 🍞 cheese 🧀 egg 🥚 burger 🍔 pizza 🍕 sushi 🍣 cake 🍰
birthday 🎂 cookie 🍪 coffee ☕ tea 🍵 beer 🍺 cheers 🥂 wine 🍷 bike 🚲 car 🚗 train 🚆 plane ✈️ rocket 🚀
ship 🚢 anchor ⚓ house 🏠 clock ⏰ hourglass ⏳ bulb 💡 book 📖 pencil ✏️ mail 📧 package 📦 calendar 📅
chart 📈 pin 📌 link 🔗 lock 🔒 key 🔑 hammer 🔨 gear ⚙️ scales ⚖️ phone 📱 laptop 💻 camera 📷 music 🎵
art 🎨 game 🎮 dice 🎲 ball ⚽ trophy 🏆 gift 🎁 tada 🎉 bell 🔔 flag 🏁 money 💰 gem 💎 check ✅ cross ❌
warning ⚠️ question ❓ bang ❗ infinity ♾️ up ⬆️ down ⬇️ left ⬅️ right ➡️ new 🆕`;

export const EMOJI = new Map();
for (const [, name, sign] of LIST.matchAll(/(\S+) (\S+)/g)) EMOJI.set(name, sign);
